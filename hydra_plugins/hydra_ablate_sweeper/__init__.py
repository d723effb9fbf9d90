"""Make `-m` sweep whole studies. Hydra finds plugins only in the namespace package `hydra_plugins`."""
