"""fedjury: the library that the jury's oracle and the clients share."""
