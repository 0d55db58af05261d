-- What is told of whoever has come.
CREATE TYPE "actor_row" AS (
  "id" uuid, "email" text, "username" text, "full_name" text, "profile_image_url" text, "bio" text, "is_active" boolean,
  "is_verified" boolean, "is_superuser" boolean, "created_at" timestamptz, "updated_at" timestamptz, "session_id" uuid,
  "token_id" uuid, "scopes" text[], "last_used_at" timestamptz, "workspace_id" uuid, "role" member_role,
  "last_seen_at" timestamptz
);--> statement-breakpoint

-- Who has come, and as what they are met: the user, as long as what they have shown holds, and the workspace with their
-- role in it. The one definition of when a credential holds, for requests and for those who read on. Exactly one of
-- session, token and digest is given. A place is the workspace that was named, or that of what was named.
CREATE FUNCTION "present_actor"(
  "shown_user" uuid, "shown_session" uuid, "shown_token" uuid, "shown_digest" text,
  "is_placed" boolean, "place_id" uuid, "place_is_public" boolean, "own_id" uuid
) RETURNS SETOF actor_row LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT u.id, u.email, u.username, u.full_name, u.profile_image_url, u.bio, u.is_active, u.is_verified, u.is_superuser,
    u.created_at, u.updated_at, s.id, t.id, t.scopes, t.last_used_at, w.id, m.role, m.last_seen_at
  FROM users u
  LEFT JOIN sessions s
    ON s.id = shown_session AND s.user_id = u.id AND s.revoked_at IS NULL AND s.expires_at > now()
  LEFT JOIN personal_access_tokens t
    ON t.id = shown_token AND t.user_id = u.id AND t.revoked_at IS NULL AND t.expires_at > now()
  LEFT JOIN workspaces home ON home.owner_id = u.id AND home.type = 'individual' AND home.status = 'active'
  -- A token reaches its own workspace alone. What is public is met by others in a workspace of their own.
  LEFT JOIN workspaces w ON w.status = 'active' AND (t.id IS NULL OR t.workspace_id = w.id) AND w.id = CASE
    WHEN NOT is_placed THEN coalesce(t.workspace_id, home.id)
    WHEN place_is_public AND (t.workspace_id <> place_id OR NOT EXISTS (
      SELECT FROM workspace_members r WHERE r.workspace_id = place_id AND r.user_id = u.id
    )) THEN coalesce(own_id, t.workspace_id, home.id)
    ELSE place_id
  END
  LEFT JOIN workspace_members m ON m.workspace_id = w.id AND m.user_id = u.id
  WHERE u.id = shown_user AND (
    s.id IS NOT NULL OR t.id IS NOT NULL
    -- Another password ends what the former one has opened.
    OR shown_digest = encode(sha256(convert_to(u.password_hash, 'UTF8')), 'hex')
  )
$$;--> statement-breakpoint

-- The same for one, as each request asks for it: a connection keeps the plan, which takes ten times as long to make as
-- to run. Of many at once the first is a part of the statement that asks, which is planned for all of them.
CREATE FUNCTION "find_actor"(
  "shown_user" uuid, "shown_session" uuid, "shown_token" uuid, "shown_digest" text,
  "is_placed" boolean, "place_id" uuid, "place_is_public" boolean, "own_id" uuid
) RETURNS SETOF actor_row LANGUAGE plpgsql STABLE ROWS 1 AS $$
BEGIN
  RETURN QUERY SELECT * FROM present_actor(
    shown_user, shown_session, shown_token, shown_digest, is_placed, place_id, place_is_public, own_id
  );
END
$$;
