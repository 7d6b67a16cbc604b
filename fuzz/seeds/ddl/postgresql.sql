SET client_encoding = 'UTF8';
CREATE TYPE public.mood AS ENUM ('ok', 'bad');
CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN CREATE TABLE x (id int); END; $$ LANGUAGE plpgsql;
CREATE TABLE public.Account (
    AccountId uuid DEFAULT gen_random_uuid() NOT NULL,
    "Name" character varying(160) COLLATE "C",
    revenue numeric(19,4),
    created timestamp with time zone DEFAULT now(),
    founded date, score double precision, active boolean, tags text[], notes text,
    feeling public.mood,
    owner_id uuid NOT NULL,
    parentaccountid uuid CONSTRAINT account_parent REFERENCES public.account ON DELETE SET NULL
);
COMMENT ON TABLE public.account IS 'It''s; a table';
CREATE TABLE public.contact (contactid uuid PRIMARY KEY, "AccountId" uuid, businessunitid uuid);
ALTER TABLE ONLY public.account ADD CONSTRAINT account_pkey PRIMARY KEY (accountid);
ALTER TABLE ONLY public.contact ADD CONSTRAINT contact_account FOREIGN KEY ("AccountId") REFERENCES public.account(accountid) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE public.contact OWNER TO postgres;
