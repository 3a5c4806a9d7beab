"""The demo programme: fictional calls in every stage of their life, so that a visitor can try every role.

Loaded once into an empty database; production refuses it.
"""
