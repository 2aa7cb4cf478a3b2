package dev.parley.proxy.balance;

/** Where keys fall: positions in a circle, each owned by a member. The same for the same members and weights, anywhere. */
sealed interface Placement permits MaglevTable, HashRing {
    /** The position of a key. */
    int first(long keyHash);

    /** The position after this one. */
    int next(int position);

    /** The member that owns a position. */
    int member(int position);

    /** The hash of a member's name, by which it takes its positions. */
    static long nameHash(Rotation rotation, int member) {
        byte[] name = rotation.endpoint(member).address().toString().getBytes(java.nio.charset.StandardCharsets.UTF_8);
        return KeyHash.of(name, 0, name.length);
    }
}
