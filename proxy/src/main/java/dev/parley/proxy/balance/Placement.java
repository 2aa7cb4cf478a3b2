package dev.parley.proxy.balance;

import java.nio.charset.StandardCharsets;

/** Where keys fall: positions, each owned by a member. The same for the same members and weights, anywhere. */
sealed interface Placement permits MaglevTable, HashRing {
    /** The position of a key. */
    int first(long keyHash);

    /** Where a key goes that the owner of this position cannot take. Need not lead to all members. */
    int next(int position);

    /** The member that owns a position. */
    int member(int position);

    /** The hash of a member's name, by which it takes its positions. */
    static long nameHash(Rotation rotation, int member) {
        byte[] name = rotation.endpoint(member).address().toString().getBytes(StandardCharsets.UTF_8);
        return KeyHash.of(name, 0, name.length);
    }
}
