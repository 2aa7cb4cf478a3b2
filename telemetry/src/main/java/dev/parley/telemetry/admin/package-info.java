/**
 * The address at which Parley answers for itself: metrics, whether it is alive and ready, and its state as JSON. It runs on
 * virtual threads beside the event loops and only reads; nothing that changes Parley enters here. Start reading at
 * {@link dev.parley.telemetry.admin.AdminServer}.
 */
@NullMarked
package dev.parley.telemetry.admin;

import org.jspecify.annotations.NullMarked;
