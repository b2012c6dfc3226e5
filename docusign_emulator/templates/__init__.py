"""Templates: kept like drafts, used by templateId and roles or in composites."""
