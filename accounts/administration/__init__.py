"""What administrators do with users, and what they see of the whole: by the role payband_admin, with who and why."""
