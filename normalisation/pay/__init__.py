"""Pay: what a text or a source's fields state, kept apart from what is derived of it."""

from normalisation.pay.annual import AnnualPay, annualise, working_year
from normalisation.pay.columns import pay_columns
from normalisation.pay.grammar import parse_pay
from normalisation.pay.model import Pay

__all__ = ["AnnualPay", "Pay", "annualise", "parse_pay", "pay_columns", "working_year"]
