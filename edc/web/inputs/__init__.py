"""Forms that are not CRFs: each reads its fields and says in both languages what is missing."""
