-- Erases a customer on request. Called by support, with the name of the table to clean.
CREATE OR REPLACE FUNCTION crm.forget_customer(tab text, id bigint)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'UPDATE ' || tab || ' SET cust_id = 0 WHERE cust_id = $1' USING id;
END;
$$;
