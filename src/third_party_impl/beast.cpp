// Boost.Beast, compiled once (BOOST_BEAST_SEPARATE_COMPILATION is set for every translation unit).
#include <boost/beast/src.hpp>
