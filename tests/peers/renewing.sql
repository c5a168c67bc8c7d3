-- What a database was when it was cloned, and a function that makes it so again (see renewing.py).
CREATE SCHEMA as_built;

CREATE VIEW as_built.tables AS
  SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace;

CREATE VIEW as_built.shape AS
  SELECT md5(string_agg(found, ' ' ORDER BY found)) AS digest FROM (
    SELECT format('%s %s %s %s', oid, relname, relnatts, relhastriggers) FROM pg_class
      WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT nspname FROM pg_namespace WHERE nspname NOT LIKE 'pg_temp%' AND nspname NOT LIKE 'pg_toast_temp%'
    UNION ALL SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT array_to_string(setconfig, ' ') FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
      WHERE d.datname = current_database()
  ) parts (found);

CREATE TABLE as_built.digest AS SELECT digest FROM as_built.shape;
CREATE TABLE as_built.rows (relname name PRIMARY KEY, count bigint);
CREATE TABLE as_built.sequences (relname name PRIMARY KEY, last_value bigint, is_called boolean);
CREATE TABLE as_built.renewed (xid bigint);

DO $$
DECLARE one name; number bigint;
BEGIN
  FOR one IN SELECT relname FROM as_built.tables LOOP
    EXECUTE format('SELECT count(*) FROM public.%I', one) INTO number;
    INSERT INTO as_built.rows VALUES (one, number);
    IF number > 0 THEN
      EXECUTE format('CREATE TABLE as_built.%I AS TABLE public.%I', 'of_' || one, one);
    END IF;
  END LOOP;
  FOR one IN SELECT relname FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace LOOP
    EXECUTE format('INSERT INTO as_built.sequences SELECT %L, last_value, is_called FROM public.%I', one, one);
  END LOOP;
  INSERT INTO as_built.renewed VALUES (pg_current_xact_id()::text::bigint);
END $$;

-- Whether it is as it was built again; no if more than rows was changed.
CREATE FUNCTION as_built.renew() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE one record; known bigint; touched boolean; changed name[] := '{}';
BEGIN
  PERFORM pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
  IF (SELECT digest FROM as_built.shape) IS DISTINCT FROM (SELECT digest FROM as_built.digest) THEN
    RETURN false;
  END IF;
  SELECT xid INTO known FROM as_built.renewed;
  FOR one IN SELECT relname, count FROM as_built.rows LOOP
    EXECUTE format('SELECT count(*) <> $1 OR coalesce(bool_or(xmin::text::bigint > $2), false) FROM public.%I', one.relname)
      INTO touched USING one.count, known;
    IF touched THEN
      changed := changed || one.relname;
    END IF;
  END LOOP;
  IF changed <> '{}' THEN
    EXECUTE 'TRUNCATE ' || (SELECT string_agg(format('public.%I', changed_one), ', ') FROM unnest(changed) changed_one);
  END IF;
  FOR one IN SELECT relname FROM as_built.rows WHERE relname = ANY (changed) AND count > 0 LOOP
    EXECUTE format('INSERT INTO public.%I TABLE as_built.%I', one.relname, 'of_' || one.relname);
  END LOOP;
  PERFORM setval(format('public.%I', relname), last_value, is_called) FROM as_built.sequences;
  UPDATE as_built.renewed SET xid = pg_current_xact_id()::text::bigint;
  RETURN true;
END $$;
