#include "notify/inner.h"

/*
 * What was handed over long ago goes, with the notices that it was made of: a notice keeps its
 * cause from being told twice only as long as the cursor has not passed it, and a message is only
 * sent with its notices there.  What is owed to the journal stays, as does what failed, and reach,
 * which says what is recorded.  Numbers of messages are the recipient's and are never given again.
 */

enum { SENT_DAYS = 90 };

bool prune_sent(struct store_txn *txn, int64_t now_ms, struct err *err)
{
	const struct store_value before = store_int(now_ms - SENT_DAYS * MS_PER_DAY),
				 sent = store_int(NOTIFY_SENT);

	return store_run(txn,
			 SQL("DELETE FROM notify_notice WHERE message > 0 AND EXISTS (SELECT 1 FROM"
			     " notify_message m WHERE m.channel = notify_notice.channel AND"
			     " m.recipient = notify_notice.recipient AND"
			     " m.number = notify_notice.message AND m.state = ?2 AND m.ended < ?1)"
			     " AND NOT EXISTS (SELECT 1 FROM notify_reach r WHERE"
			     " r.site = notify_notice.site AND r.record = notify_notice.record AND"
			     " r.state IN (1, 2))"),
			 ARGS(before, sent), err) &&
	       store_run(txn,
			 SQL("DELETE FROM notify_message WHERE state = ?2 AND ended < ?1 AND NOT"
			     " EXISTS (SELECT 1 FROM notify_notice w WHERE"
			     " w.channel = notify_message.channel AND"
			     " w.recipient = notify_message.recipient AND"
			     " w.message = notify_message.number)"),
			 ARGS(before, sent), err);
}
