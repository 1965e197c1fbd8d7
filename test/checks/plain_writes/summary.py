"""The tables that plain_writes prints: for each table and verb, what each group of callers got for
the values of each column."""

import collections

from reference.write_callers import EDITOR

GROUPS = [
	"owner",
	"editor",
	"editor of it alone",
	"viewer",
	"admin",
	"member",
	"other users",
	"unauthenticated",
	"administrator",
	"log writer",
	"superuser",
]


def group_of(caller, table, verb):
	"""The group of a caller: by the level on the resource that the table's row belongs to"""
	if caller.standing != "person":
		return caller.standing
	if table in ("organizations", "organization_members"):
		return "admin" if caller.admin else "member" if caller.member else "other users"
	of_project = table in ("projects", "project_collaborators")
	of_project = of_project or table == "model_apis" and verb != "UPDATE"
	level = caller.project if of_project else caller.level()
	if level == EDITOR and table == "model_api_versions" and not caller.project:
		return "editor of it alone"
	return ("other users", "viewer", "editor", "owner")[level]


def alike(one, other):
	"""Whether two lines may be printed as one: no code differs, and enough groups are in both"""
	both = [(a, b) for a, b in zip(one, other) if "-" not in (a, b)]
	known = min(sum(code != "-" for code in line) for line in (one, other))
	return all(a == b for a, b in both) and 2 * len(both) > known


def merged_lines(lines, groups):
	"""Pairs of a line, which has the codes of each group, and the columns' values that have them"""
	merged = []
	for entry, counts in lines.items():
		line = ["/".join(sorted(c for g, c in counts if g == group)) or "-" for group in groups]
		for known, entries in merged:
			if alike(known, line):
				known[:] = [b if a == "-" else a for a, b in zip(known, line)]
				entries.append(entry)
				break
		else:
			merged.append((line, [entry]))
	return merged


def print_tables(codes):
	for (table, verb), lines in codes.items():
		groups = sorted({g for counts in lines.values() for g, _ in counts}, key=GROUPS.index)
		merged = merged_lines(lines, groups)
		widths = [max(map(len, column)) for column in zip(groups, *(line for line, _ in merged))]

		def print_line(words, widths=widths):
			print("  " + "  ".join(w.ljust(width) for w, width in zip(words, widths)).rstrip())

		print("\n%s, %s" % (verb, table))
		print_line(groups)
		for line, entries in merged:
			print_line(line)
			by_column = collections.defaultdict(list)
			for column, label in entries:
				by_column[column].append(label)
			for column, labels in by_column.items():
				print("        %s: %s" % (column, ", ".join(labels)))


def print_differences(differences, count):
	"""A summary by cause, and so many of the differences in full"""
	causes = collections.defaultdict(collections.Counter)
	for d in differences:
		codes, got = "/".join(sorted(d.answer.codes)), d.outcome.code + " " + d.outcome.message[:60]
		cause = (d.cell.table.name, d.cell.verb(), d.kind, d.answer.why, codes, got)
		causes[cause]["%s %s" % (d.cell.column, d.cell.label())] += 1
	print("\nDifferences by table, verb, kind, rule, expected code and outcome:")
	for cause, entries in sorted(causes.items(), key=lambda item: -item[1].total())[:200]:
		print("%6d  %s" % (entries.total(), " | ".join(cause)))
		print("        " + ", ".join(entry for entry, _ in entries.most_common(6)))
	for difference in differences[:count]:
		print("\n" + difference.text)
