"""What confidential pay may show: the rule, blocks of contributions, cells made of them."""
