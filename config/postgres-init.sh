#!/bin/sh
# Runs once, while the database's volume is new: Odoo gets a role of its own that is no superuser.
# The superuser keeps no password, so that nobody becomes it over the network: docker compose exec database psql -U postgres
psql -v ON_ERROR_STOP=1 -v password="$POSTGRES_PASSWORD" --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE odoo LOGIN CREATEDB PASSWORD :'password';
CREATE DATABASE dvc OWNER odoo TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C';
\connect dvc
CREATE EXTENSION pg_trgm;
CREATE EXTENSION unaccent;
-- Odoo indexes what is written without accents; only the function's owner may promise that it never changes.
ALTER FUNCTION unaccent(text) IMMUTABLE;
ALTER ROLE postgres PASSWORD NULL;
SQL
