"""A converted, measured and approved model as one bundle that proves itself."""
