"""A desk calculator that believes nothing: it reads a printed explanation and redoes each of its lines.

It knows arithmetic, the calendar, units and the words of the print; of the program that printed it, it imports nothing.
"""
