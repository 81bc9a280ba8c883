#pragma once
// flights.hpp - who is fetching a value that others want too, and who waits for it. sans-I/O.

#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace pushgate::agent {

/// The single flight of pushgate.cache: of all calls that want one key, one works and the others
/// wait. Not thread-safe.
class Flights {
 public:
  /// A call that waits, in the queue until it leaves or is destroyed. It leaves after it has gone
  /// on: if it had been woken and has not taken off itself, the next one is woken in its place.
  class Waiter {
   public:
    Waiter() = default;
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    virtual ~Waiter() { leave(); }

    void join(Flights& flights, const std::string& key);
    void leave() noexcept;

   private:
    friend class Flights;
    /// Called from within `land`: must not go on with the call before that has returned.
    virtual void on_landed() = 0;

    Flights* flights_ = nullptr;
    std::string key_;
    std::list<Waiter*>::iterator place_;
    bool woken_ = false;
  };

  /// True: the caller works, and says `land` when it is done. False: somebody else does.
  bool take_off(const std::string& key);
  /// The value is there: everybody is woken. Or it is not: one is, and may take off.
  void land(const std::string& key, bool with_value);

 private:
  struct Flight {
    bool flying = false;
    std::list<Waiter*> waiters;
  };
  void wake_one(Flight& flight);
  void forget_if_idle(const std::string& key);

  std::unordered_map<std::string, Flight> flights_;
};

}  // namespace pushgate::agent
