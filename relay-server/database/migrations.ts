/**
 * Each step once, in this order, never changed after it was released. Times are seconds since 1970; addresses, ids and
 * hashes are lower-case hexadecimal digits.
 */
export const MIGRATIONS: readonly (readonly string[])[] = [
  [
    // `via`: the policy of the day let it in, or an invitation.
    `create table weft.members (
      address text primary key,
      role text not null check (role in ('member', 'admin')),
      via text not null check (via in ('policy', 'invite')),
      joined_at bigint not null,
      seen_at bigint,
      is_blocked boolean not null default false
    )`,
    `create index members_seen on weft.members (seen_at)`,
    `create table weft.invites (
      id text primary key,
      relay text not null,
      role text not null check (role in ('member', 'admin')),
      uses_left integer not null check (uses_left >= 0),
      expires_at bigint not null,
      created_by text,
      created_at bigint not null
    )`,
    `create table weft.sessions (
      address text primary key references weft.members on delete cascade,
      expires_at bigint not null
    )`,
    `create table weft.nonces (
      address text not null,
      nonce text not null,
      forget_at bigint not null,
      primary key (address, nonce)
    )`,
    `create index nonces_forget on weft.nonces (forget_at)`,
    `create table weft.api_keys (
      id text primary key,
      member text not null references weft.members on delete cascade,
      name text not null,
      hash text not null unique,
      daily_tokens bigint,
      created_at bigint not null,
      used_at bigint
    )`,
    `create index api_keys_member on weft.api_keys (member)`,
    // `day`: whole days since 1970.
    `create table weft.api_key_usage (
      key_id text not null references weft.api_keys on delete cascade,
      day integer not null,
      tokens bigint not null,
      primary key (key_id, day)
    )`,
  ],
];
