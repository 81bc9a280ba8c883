#pragma once
// client_files.hpp - where does the Socket.IO client lie that came with the program?

#include <string>

namespace pushgate::node {

/// The folder with socket.io.js and its companions: the first that exists of `share/client` beside
/// the program (a build), `../share/pushgate/client` (an installation, wherever it was put), and
/// the one of the installation that the program was built for. Empty if there is none.
std::string find_client_files();

}  // namespace pushgate::node
