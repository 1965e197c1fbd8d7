"""What may differ: what can still be learnt (docs/limits.md), and what depends on the machine.

Both worlds have the same number of rows, contents of the same lengths, the same ids, times and keys
that place rows. So most of the residues are equal in both. These are not:

	on which page of an index one's own entries are	is_placement(), and the query of locks
	sizes and numbers of rows of partial indexes
		and of the index of words					left out of the queries of statistics
	what one's own deletions carry away			the twin keeps it: TwinTokens.change_listed()
	when an overlap ends that a statement began	normalise(): the clock
	whether an email is registered					left out of the calls of those who may invite

Queries: sql/non_interference_statistics.sql; calls: calls.py.
"""

import re

# numbers of blocks that were read, in counters and in EXPLAIN's buffers
BLOCKS = re.compile(r"(?<=blocks[ =])\d+")
# a worker's share of a node in VERBOSE, and what is indented below it
WORKER = re.compile(r"^( *)Worker \d+:[^\n]*\n(?:\1 [^\n]*\n)*", re.M)
# what EXPLAIN ANALYZE counted of a node
RACED = re.compile(r"\(actual rows=\d+ loops=\d+\)|\(never executed\)|Rows Removed by [^\n]*")
# when an overlap ends, in the hint of an error
OVERLAP = re.compile(r"(?<=It ends at )[-0-9]+ [:0-9]+\.\d+[-+:0-9]+")


def sum_of_blocks(match):
	numbers = re.findall(r"(?:hit|read)=(\d+)", match.group(2))
	return "%s blocks=%d" % (match.group(1), sum(map(int, numbers)))


def normalise(text):
	"""An output without what depends on the machine"""
	# Which blocks came from memory, and who wrote them, depends on the machine. Only their sum
	# depends on the world.
	text = re.sub(r"(shared|local)((?: (?:hit|read|dirtied|written)=\d+)+)", sum_of_blocks, text)
	# Which worker gets a page first is a race. The node's own line has the sums of all.
	text = WORKER.sub("", text)
	# Which worker takes which part of a Parallel Append is a race as well, in the node's own lines.
	if "Parallel Append" in text:
		text = RACED.sub("", text)
	# An overlap that the statement itself began ends by the clock. Times of the worlds have no
	# fractions of seconds.
	text = OVERLAP.sub("by the clock", text)
	# what planning reads of the catalog depends on what the session has read before
	return re.sub(r"Planning:\n *Buffers: [^\n]*\n?", "", text)


def is_placement(a, b):
	"""Whether two outputs differ only by on which page of an index one's own entries are: a block
	or two more are read, or in sums and loops one in ten

	Where one's own entries end on a page depends on how many entries of others come before them.
	If they end with the page, the next one is read as well."""
	if BLOCKS.sub("", a) != BLOCKS.sub("", b):
		return False
	numbers = zip(map(int, BLOCKS.findall(a)), map(int, BLOCKS.findall(b)))
	return all(abs(m - n) <= max(2, n // 10) for m, n in numbers)
