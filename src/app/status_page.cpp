#include "app/status_page.hpp"

#include <nlohmann/json.hpp>

namespace pushgate::app {

std::string status_page(const DaemonParts& parts, const std::string& state) {
  nlohmann::ordered_json page;
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    page.update(nlohmann::ordered_json::parse((*part)->status_json(state)));
  }
  return page.dump(2) + "\n";
}

}  // namespace pushgate::app
