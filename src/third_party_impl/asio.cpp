// Boost.Asio, compiled once (BOOST_ASIO_SEPARATE_COMPILATION is set for every translation unit).
#include <boost/asio/impl/src.hpp>
