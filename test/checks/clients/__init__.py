"""The modules of the check clients, in the order in which they build on each other.

world.py		the database and its users
examples.py		the programs of examples/orm, and PgBouncer: built and started
client.py		requests to one program, and their results
server_log.py	the columns that its statements named
creating.py		creates, one by one and many at once
reading.py		finds, pages and counts
sharing.py		upserts of grants and settings
changing.py		updates of whole rows, row locks, deletes
graphql.py		all of that for PostGraphile, which has another interface
own_table.py	a table of the application's own, examples/orm/own_table.sql
page.py			the table that is printed, and the one in docs/orm.md
"""
