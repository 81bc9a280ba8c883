#pragma once
// overloaded.hpp - one lambda for each alternative of a variant. Sans-I/O.

namespace pushgate::node {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;  // C++20 would deduce it; clang 14 does not

}  // namespace pushgate::node
