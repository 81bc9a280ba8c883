#include <string>
#include <utility>

#include "agent/identity/sources.hpp"

namespace pushgate::agent {

namespace {

class ConstantSource final : public IdentitySource {
 public:
  explicit ConstantSource(std::string value) : value_(std::move(value)) {}

  SourceValue look(const RequestView&) const override {
    return value_.empty() ? SourceValue{} : SourceValue::found(value_);
  }
  std::string describe() const override { return "constant \"" + value_ + '"'; }

 private:
  std::string value_;
};

}  // namespace

SourcePtr make_constant_source(std::string value) {
  return std::make_unique<ConstantSource>(std::move(value));
}

}  // namespace pushgate::agent
