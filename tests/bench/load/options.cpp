// options.cpp - "--name value" pairs of a load program's command line.

#include "load/options.hpp"

#include <cstdio>
#include <cstdlib>

namespace pushgate::bench {
namespace {

[[noreturn]] void usage(std::string_view argument, std::string_view allowed) {
  std::fprintf(stderr,
               "bench: cannot use '%.*s'; options are --NAME VALUE with NAME one of: %.*s\n",
               static_cast<int>(argument.size()), argument.data(), static_cast<int>(allowed.size()),
               allowed.data());
  std::exit(2);
}

bool lists(std::string_view allowed, std::string_view name) {
  const std::string padded = ' ' + std::string{allowed} + ' ';
  return padded.find(' ' + std::string{name} + ' ') != std::string::npos;
}

}  // namespace

Options::Options(int argc, char** argv, int first, std::string_view allowed) {
  for (int i = first; i < argc; i += 2) {
    const std::string_view argument = argv[i];
    const bool known = argument.starts_with("--") && lists(allowed, argument.substr(2));
    if (!known || i + 1 == argc) usage(argument, allowed);
    values_[std::string{argument.substr(2)}] = argv[i + 1];
  }
}

std::string Options::text(const std::string& name, std::string fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::move(fallback) : found->second;
}

std::uint64_t Options::number(const std::string& name, std::uint64_t fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? fallback : std::strtoull(found->second.c_str(), nullptr, 10);
}

double Options::decimal(const std::string& name, double fallback) const {
  const auto found = values_.find(name);
  return found == values_.end() ? fallback : std::strtod(found->second.c_str(), nullptr);
}

}  // namespace pushgate::bench
