import type { UserActor } from '../../core/actor.ts';
import type { UserProfile } from './schemas.ts';

/** A user as the API shows it. */
export function presentUser(user: UserActor): UserProfile {
  const [firstName = '', ...others] = user.fullName.split(/\s+/);
  return {
    id: user.id,
    email: user.email,
    username: user.username,
    first_name: firstName || null,
    last_name: others.join(' ') || null,
    full_name: user.fullName,
    avatar_url: user.profileImageUrl,
    profile_image_url: user.profileImageUrl,
    bio: user.bio,
    is_active: user.isActive,
    is_verified: user.isVerified,
    is_superuser: user.isSuperuser,
    role: user.isSuperuser ? 'admin' : 'user',
    created_at: user.createdAt.toISOString(),
    updated_at: user.updatedAt.toISOString(),
  };
}
