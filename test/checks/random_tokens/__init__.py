"""Random tokens and what becomes of them, for tokens.py: world.py makes a world, operations.py what
people do in it, requests.py what gateways ask, steps.py runs both in the database and in the
reference, mutants.py has references that are wrong."""
