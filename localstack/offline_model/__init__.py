"""An OpenAI-compatible model server that needs no network and no key.

It embeds with a model from a pip package, classifies with a small classifier trained at start on
the router's labelled examples, and answers by quoting and filling in what the request contains.
It never says anything that the request does not.
"""
