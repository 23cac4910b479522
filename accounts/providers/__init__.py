"""Identity providers other than ourselves: their tokens, their sign-in pages, their webhooks."""
