"""The audit of a dataset: what is wrong with its pictures, before an hour is spent on them."""
