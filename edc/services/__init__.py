"""The verbs: a module is a family, a function is a use case."""
