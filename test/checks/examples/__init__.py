"""The modules of the check examples, in the order in which they build on each other.

world.py		the database, the pooler, and copies of the examples
backend.py		runs the backend's example and sends requests to it
crowd.py		many users at once
requests.py		what the backend answers
prepared.py		the backend with named statements
gateway.py		runs the gateway's example and sends requests to it
credentials.py	every kind of credential
paths.py		paths, bodies and origins; the client's example
request_examples.py	the code that request_examples returns
logs.py			what the logs of all programs hold
"""
