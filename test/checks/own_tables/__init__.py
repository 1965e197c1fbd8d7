"""For own_tables.py: shape.py makes random tables and their policies, statements.py what is run on
them, joins.py joins of them, beside.py what is run beside a writer, askers.py the sessions of those
who run it, sets.py whom the reference permits what."""
