#pragma once
// values.hpp - texts that several parts of the file have: names of files, paths of requests.

#include <optional>
#include <string>
#include <string_view>

#include "config/reader.hpp"

namespace pushgate::config {

/// A text that is not empty and has no control characters.
void read_nonempty(ObjectReader& reader, std::string_view key, std::string& out);

/// The name of a file or folder; relative to the folder of the configuration, and absolute in
/// `out`. Empty stays empty.
void read_file_name(ObjectReader& reader, std::string_view key, std::string& out);

/// As above, from the value itself.
std::string absolute_name(const Value& value, const std::string& name);

/// A path of requests: begins with "/", without query. Errors leave `out` as it is.
void read_request_path(const Value& value, std::string& out);

/// As above, or "off", which is nullopt.
void read_path_or_off(const Value& value, std::optional<std::string>& out);

/// "http://host/path" or "https://…", without password and fragment.
void read_url(const Value& value, std::string& out);

/// True if `text` has a byte below 0x20, or 0x7f.
bool has_control(std::string_view text) noexcept;

}  // namespace pushgate::config
