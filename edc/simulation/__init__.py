"""A trial that never took place, entered through the services: for the demo study."""
