-- What Orleans' ADO.NET providers of clustering and reminders (10.4) need of a PostgreSQL, for Clustering:Provider=postgresql:
--
--     psql 'host=db dbname=orleans user=rlhf' -f deploy/postgresql/orleans.sql
--
-- Run it as the role that the processes log in with. It may be run again, also over tables that are in use: rows stay as they are, and the
-- statements are replaced.
--
-- The providers know one table by name, OrleansQuery. From it they read, once at their start, the statement for each thing they do; a key that
-- is missing keeps a silo from starting. A statement's parameters and the names of the columns it returns are the provider's; the rest is ours.

\set ON_ERROR_STOP on
\set QUIET on
SET client_min_messages = warning; -- that something is there already is no news

BEGIN;

CREATE TABLE IF NOT EXISTS OrleansQuery
(
    QueryKey  text PRIMARY KEY,
    QueryText text NOT NULL
);

-- One row a cluster. Whoever changes a silo's row or adds one has to name the version that he has read, and raises it: that is how two
-- silos that change the membership at once are told apart.
CREATE TABLE IF NOT EXISTS OrleansMembershipVersionTable
(
    DeploymentId text PRIMARY KEY, -- Clustering:ClusterId
    Timestamp    timestamptz NOT NULL DEFAULT now(),
    Version      integer NOT NULL DEFAULT 0
);

-- One row a start of a silo.
CREATE TABLE IF NOT EXISTS OrleansMembershipTable
(
    DeploymentId text NOT NULL REFERENCES OrleansMembershipVersionTable,
    Address      text NOT NULL,
    Port         integer NOT NULL,
    Generation   integer NOT NULL,
    SiloName     text NOT NULL,
    HostName     text NOT NULL,
    Status       integer NOT NULL, -- 3 is active, 6 is dead
    ProxyPort    integer NOT NULL, -- the gateway's; 0 where there is none
    SuspectTimes text,
    StartTime    timestamptz NOT NULL,
    IAmAliveTime timestamptz NOT NULL,
    PRIMARY KEY (DeploymentId, Address, Port, Generation)
);

CREATE TABLE IF NOT EXISTS OrleansRemindersTable
(
    ServiceId    text NOT NULL, -- Clustering:ServiceId
    GrainId      text NOT NULL,
    ReminderName text NOT NULL,
    StartTime    timestamptz NOT NULL,
    Period       bigint NOT NULL, -- milliseconds
    GrainHash    integer NOT NULL, -- the grain's place on the ring of silos
    Version      integer NOT NULL,
    PRIMARY KEY (ServiceId, GrainId, ReminderName)
);

CREATE INDEX IF NOT EXISTS OrleansRemindersByHash ON OrleansRemindersTable (ServiceId, GrainHash);

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES

-- Membership. True where the row was made; it may be there already.
('InsertMembershipVersionKey', $query$
    WITH made AS (
        INSERT INTO OrleansMembershipVersionTable (DeploymentId) VALUES (@DeploymentId)
        ON CONFLICT DO NOTHING
        RETURNING Version)
    SELECT EXISTS (SELECT FROM made)
$query$),

-- True where the version is still the one that was read and the silo has no row yet. The version's row is locked first: who comes second
-- waits, and finds another version.
('InsertMembershipKey', $query$
    WITH raised AS (
        UPDATE OrleansMembershipVersionTable AS cluster
        SET Version = cluster.Version + 1, Timestamp = now()
        WHERE cluster.DeploymentId = @DeploymentId AND cluster.Version = @Version AND NOT EXISTS (
            SELECT FROM OrleansMembershipTable AS silo
            WHERE silo.DeploymentId = @DeploymentId AND silo.Address = @Address AND silo.Port = @Port AND silo.Generation = @Generation)
        RETURNING cluster.DeploymentId),
    joined AS (
        INSERT INTO OrleansMembershipTable
            (DeploymentId, Address, Port, Generation, SiloName, HostName, Status, ProxyPort, StartTime, IAmAliveTime)
        SELECT raised.DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime
        FROM raised
        RETURNING Generation)
    SELECT EXISTS (SELECT FROM joined)
$query$),

-- True where the version is still the one that was read and the silo has a row.
('UpdateMembershipKey', $query$
    WITH raised AS (
        UPDATE OrleansMembershipVersionTable AS cluster
        SET Version = cluster.Version + 1, Timestamp = now()
        WHERE cluster.DeploymentId = @DeploymentId AND cluster.Version = @Version AND EXISTS (
            SELECT FROM OrleansMembershipTable AS silo
            WHERE silo.DeploymentId = @DeploymentId AND silo.Address = @Address AND silo.Port = @Port AND silo.Generation = @Generation)
        RETURNING cluster.DeploymentId),
    changed AS (
        UPDATE OrleansMembershipTable AS silo
        SET Status = @Status, SuspectTimes = @SuspectTimes, IAmAliveTime = @IAmAliveTime
        FROM raised
        WHERE silo.DeploymentId = raised.DeploymentId AND silo.Address = @Address AND silo.Port = @Port AND silo.Generation = @Generation
        RETURNING silo.Generation)
    SELECT EXISTS (SELECT FROM changed)
$query$),

-- A silo's own sign of life changes nothing that others decide by: it leaves the version alone.
('UpdateIAmAlivetimeKey', $query$
    UPDATE OrleansMembershipTable SET IAmAliveTime = @IAmAliveTime
    WHERE DeploymentId = @DeploymentId AND Address = @Address AND Port = @Port AND Generation = @Generation
$query$),

-- The version comes also where no silo has a row: one row then, whose other columns are null.
('MembershipReadAllKey', $query$
    SELECT cluster.Version, silo.Address, silo.Port, silo.Generation, silo.SiloName, silo.HostName, silo.Status, silo.ProxyPort,
        silo.SuspectTimes, silo.StartTime, silo.IAmAliveTime
    FROM OrleansMembershipVersionTable AS cluster LEFT JOIN OrleansMembershipTable AS silo USING (DeploymentId)
    WHERE DeploymentId = @DeploymentId
$query$),

('MembershipReadRowKey', $query$
    SELECT cluster.Version, silo.Address, silo.Port, silo.Generation, silo.SiloName, silo.HostName, silo.Status, silo.ProxyPort,
        silo.SuspectTimes, silo.StartTime, silo.IAmAliveTime
    FROM OrleansMembershipVersionTable AS cluster LEFT JOIN OrleansMembershipTable AS silo
        ON (silo.DeploymentId, silo.Address, silo.Port, silo.Generation) = (cluster.DeploymentId, @Address, @Port, @Generation)
    WHERE cluster.DeploymentId = @DeploymentId
$query$),

('GatewaysQueryKey', $query$
    SELECT Address, ProxyPort, Generation FROM OrleansMembershipTable
    WHERE DeploymentId = @DeploymentId AND Status = @Status AND ProxyPort > 0
$query$),

-- An active silo stays, however long ago it gave its last sign of life: to declare it dead is the other silos' business.
('CleanupDefunctSiloEntriesKey', $query$
    DELETE FROM OrleansMembershipTable WHERE DeploymentId = @DeploymentId AND Status <> 3 AND IAmAliveTime < @IAmAliveTime
$query$),

('DeleteMembershipTableEntriesKey', $query$
    WITH silos AS (DELETE FROM OrleansMembershipTable WHERE DeploymentId = @DeploymentId)
    DELETE FROM OrleansMembershipVersionTable WHERE DeploymentId = @DeploymentId
$query$),

-- Reminders. Returns the row's new version, which is its etag.
('UpsertReminderRowKey', $query$
    INSERT INTO OrleansRemindersTable AS reminder (ServiceId, GrainId, ReminderName, StartTime, Period, GrainHash, Version)
    VALUES (@ServiceId, @GrainId, @ReminderName, @StartTime, @Period, @GrainHash, 1)
    ON CONFLICT (ServiceId, GrainId, ReminderName) DO UPDATE
    SET StartTime = excluded.StartTime, Period = excluded.Period, GrainHash = excluded.GrainHash, Version = reminder.Version + 1
    RETURNING Version
$query$),

('ReadReminderRowKey', $query$
    SELECT GrainId, ReminderName, StartTime, Period, Version FROM OrleansRemindersTable
    WHERE ServiceId = @ServiceId AND GrainId = @GrainId AND ReminderName = @ReminderName
$query$),

('ReadReminderRowsKey', $query$
    SELECT GrainId, ReminderName, StartTime, Period, Version FROM OrleansRemindersTable WHERE ServiceId = @ServiceId AND GrainId = @GrainId
$query$),

-- A range of the ring, without its beginning and with its end: the first statement where it begins below its end as signed numbers, the
-- second where it goes over the ring's seam, or around the whole ring.
('ReadRangeRows1Key', $query$
    SELECT GrainId, ReminderName, StartTime, Period, Version FROM OrleansRemindersTable
    WHERE ServiceId = @ServiceId AND GrainHash > @BeginHash AND GrainHash <= @EndHash
$query$),

('ReadRangeRows2Key', $query$
    SELECT GrainId, ReminderName, StartTime, Period, Version FROM OrleansRemindersTable
    WHERE ServiceId = @ServiceId AND (GrainHash > @BeginHash OR GrainHash <= @EndHash)
$query$),

-- True where the reminder was there with this version.
('DeleteReminderRowKey', $query$
    WITH gone AS (
        DELETE FROM OrleansRemindersTable
        WHERE ServiceId = @ServiceId AND GrainId = @GrainId AND ReminderName = @ReminderName AND Version = @Version
        RETURNING Version)
    SELECT EXISTS (SELECT FROM gone)
$query$),

('DeleteReminderRowsKey', $query$
    DELETE FROM OrleansRemindersTable WHERE ServiceId = @ServiceId
$query$)

ON CONFLICT (QueryKey) DO UPDATE SET QueryText = excluded.QueryText;

COMMIT;
