// file_watch_test.cpp - real files, changed in the ways that editors and orchestrators change them.

#include "pushgate/config/file_watch.hpp"

#include <filesystem>

#include <poll.h>

#include <gmock/gmock.h>

#include "config_fixture.hpp"

namespace pushgate::config::test {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr int kDeadlineMs = 5000;

class FileWatchTest : public testing::Test {
 protected:
  FileWatch watching(std::vector<std::string> paths) {
    Result<FileWatch> made = FileWatch::make(std::move(paths));
    EXPECT_TRUE(made.has_value());
    return std::move(*made);
  }

  /// What drain() says once the descriptor is readable.
  std::vector<std::string> next(FileWatch& watch) {
    pollfd waiting{watch.fd(), POLLIN, 0};
    EXPECT_EQ(::poll(&waiting, 1, kDeadlineMs), 1) << "no event within the deadline";
    return watch.drain();
  }

  TempFolder folder;
};

TEST_F(FileWatchTest, AWriteInPlaceIsNoticed) {
  const std::string file = folder.write("router.json", "{}");
  FileWatch watch = watching({file});

  folder.write("router.json", "{\"a\": []}");

  EXPECT_THAT(next(watch), ElementsAre(file));
}

TEST_F(FileWatchTest, ARenameOverTheFileIsNoticed) {
  const std::string file = folder.write("router.json", "old");
  FileWatch watch = watching({file});

  fs::rename(folder.write("router.json.tmp", "new"), file);

  EXPECT_THAT(next(watch), ElementsAre(file));
}

TEST_F(FileWatchTest, ASecondRenameOverTheFileIsNoticedToo) {
  const std::string file = folder.write("router.json", "old");
  FileWatch watch = watching({file});
  fs::rename(folder.write("a.tmp", "new"), file);
  ASSERT_THAT(next(watch), ElementsAre(file));

  fs::rename(folder.write("b.tmp", "newer"), file);

  EXPECT_THAT(next(watch), ElementsAre(file));
}

TEST_F(FileWatchTest, TheSwappedLinkOfAMountedVolumeIsNoticed) {
  // As Kubernetes mounts a config map: router.json -> ..data/router.json, ..data -> ..v1
  folder.write("..v1/router.json", "old");
  fs::create_directory_symlink("..v1", folder.path() / "..data");
  fs::create_symlink("..data/router.json", folder.path() / "router.json");
  FileWatch watch = watching({folder.file("router.json")});

  folder.write("..v2/router.json", "new");
  fs::create_directory_symlink("..v2", folder.path() / "..data_tmp");
  fs::rename(folder.path() / "..data_tmp", folder.path() / "..data");

  EXPECT_THAT(next(watch), ElementsAre(folder.file("router.json")));
}

TEST_F(FileWatchTest, ALinkIntoAnotherFolderIsFollowedThere) {
  const TempFolder elsewhere;
  const std::string real = elsewhere.write("shared.json", "old");
  fs::create_symlink(real, folder.path() / "router.json");
  FileWatch watch = watching({folder.file("router.json")});

  elsewhere.write("shared.json", "new");

  EXPECT_THAT(next(watch), ElementsAre(folder.file("router.json")));
}

TEST_F(FileWatchTest, DeletionAndReCreationAreEachOneChange) {
  const std::string file = folder.write("router.json", "old");
  FileWatch watch = watching({file});

  fs::remove(file);
  EXPECT_THAT(next(watch), ElementsAre(file));
  folder.write("router.json", "again");
  EXPECT_THAT(next(watch), ElementsAre(file));
}

TEST_F(FileWatchTest, AFileThatDoesNotExistYetIsNoticedWhenItAppears) {
  FileWatch watch = watching({folder.file("router.json")});

  folder.write("router.json", "first");

  EXPECT_THAT(next(watch), ElementsAre(folder.file("router.json")));
}

TEST_F(FileWatchTest, AFolderThatDoesNotExistYetIsNoticedWhenItAppears) {
  FileWatch watch = watching({folder.file("tables/live/router.json")});

  folder.write("tables/live/router.json", "first");

  EXPECT_THAT(next(watch), ElementsAre(folder.file("tables/live/router.json")));
}

TEST_F(FileWatchTest, TheSameContentWrittenAgainIsNoChange) {
  const std::string file = folder.write("router.json", "same");
  FileWatch watch = watching({file});

  folder.write("router.json", "same");

  EXPECT_THAT(next(watch), IsEmpty());
}

TEST_F(FileWatchTest, AnotherFileInTheFolderIsNoChange) {
  const std::string file = folder.write("router.json", "same");
  FileWatch watch = watching({file});

  folder.write("notes.txt", "something");

  EXPECT_THAT(next(watch), IsEmpty());
}

TEST_F(FileWatchTest, WithoutEventsDrainAnswersNothingAndDoesNotBlock) {
  FileWatch watch = watching({folder.write("router.json", "{}")});

  EXPECT_THAT(watch.drain(), IsEmpty());
}

TEST_F(FileWatchTest, BothFilesOfOneFolderAreToldApart) {
  const std::string daemon_file = folder.write("pushgate.json", "{}");
  const std::string router_file = folder.write("router.json", "{}");
  FileWatch watch = watching({daemon_file, router_file});

  folder.write("router.json", "changed");
  EXPECT_THAT(next(watch), ElementsAre(router_file));
  folder.write("router.json", "again");
  folder.write("pushgate.json", "changed");
  EXPECT_THAT(next(watch), UnorderedElementsAre(daemon_file, router_file));
}

TEST_F(FileWatchTest, RewatchTurnsToTheOtherFile) {
  const std::string old_file = folder.write("old.json", "1");
  const TempFolder elsewhere;
  const std::string new_file = elsewhere.write("new.json", "1");
  FileWatch watch = watching({old_file});

  watch.rewatch({new_file});
  folder.write("old.json", "2");
  elsewhere.write("new.json", "2");

  std::vector<std::string> changed = next(watch);
  while (changed.empty()) changed = next(watch);  // the event that says the old watch is gone
  EXPECT_THAT(changed, ElementsAre(new_file));
}

}  // namespace
}  // namespace pushgate::config::test
