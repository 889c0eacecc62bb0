"""Running a program: validated facts in, an explained result out. No files, sockets, clocks or environment here."""
