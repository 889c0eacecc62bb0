"""Engines that others run, computing a policy exactly as the library does, from the same program, in their words."""
