"""Whole tables at once: the operations of a program over columns of whole numbers, with the answers of the runner.

A table goes through in pieces that fit a processor's cache. In each, columns of facts are read into arrays (`reading`),
the operations of the program go over them (`kernel`, `spaces`), and what was found is written as columns (`writing`).
A row that is not read here, whatever is wrong with it, is answered by the runner of single claims, in its words.
"""
