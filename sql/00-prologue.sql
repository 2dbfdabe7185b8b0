-- Loaded by psql this file would create loose objects; only CREATE EXTENSION may run it.
\echo Use "CREATE EXTENSION store_uptime" to load this file. \quit
