// Boost.Asio's TLS, compiled once (BOOST_ASIO_SEPARATE_COMPILATION is set for every translation
// unit).
#include <boost/asio/ssl/impl/src.hpp>
