"""The record: tables, transactions, and rows turned into values. Nothing lazy."""
