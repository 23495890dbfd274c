"""The gate: whose records does the synthetic table point at, and how small a leak would it have seen?"""
