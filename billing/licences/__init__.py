"""Licences of programs that run elsewhere: issued, bound to machines, validated, proved offline by signed files."""
