"""Cohorts: many submissions, from a folder of them to marks and a report."""
