// pch.cpp - which source carries the precompiled header of the tests? This one; it has no code.
