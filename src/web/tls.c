#include <openssl/err.h>

#include "web/server.h"

enum { TICKET_KEYS_BYTES = 80 };

static bool failed(struct err *err, const char *what)
{
	unsigned long code = ERR_peek_error();
	const char *why = ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code))
						 : ERR_reason_error_string(code);

	ERR_clear_error();
	return err_set(err, ERR_INVALID, "%s: %s", what, why ? why : "it can't be read");
}

static void set_up(SSL_CTX *ctx, SSL_CTX *old)
{
	static const unsigned char id[] = "lynchpin";
	unsigned char keys[TICKET_KEYS_BYTES];

	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
					 SSL_OP_CIPHER_SERVER_PREFERENCE);
	/* Memory of a connection that is idle goes back: 5,000 of them are nothing unusual. */
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_session_id_context(ctx, id, sizeof(id) - 1);
	/* What one worker issued, another takes, before and after the certificate is read again. */
	if (old && SSL_CTX_get_tlsext_ticket_keys(old, keys, sizeof(keys)) == 1)
		(void)SSL_CTX_set_tlsext_ticket_keys(ctx, keys, sizeof(keys));
	OPENSSL_cleanse(keys, sizeof(keys));
}

bool tls_load(const struct web_config *config, SSL_CTX *old, SSL_CTX **ret, struct err *err)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	bool ok = false;

	if (!ctx)
		return failed(err, "TLS");
	/* RFC 9325: 1.2 and 1.3, forward secrecy and authenticated encryption only. */
	if (!SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) ||
	    !SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20"))
		failed(err, "TLS");
	else if (SSL_CTX_use_certificate_chain_file(ctx, config->cert) != 1)
		failed(err, config->cert);
	else if (SSL_CTX_use_PrivateKey_file(ctx, config->key, SSL_FILETYPE_PEM) != 1)
		failed(err, config->key);
	else if (SSL_CTX_check_private_key(ctx) != 1)
		failed(err, "the key does not belong to the certificate");
	else
		ok = true;
	if (!ok) {
		SSL_CTX_free(ctx);
		return false;
	}
	set_up(ctx, old);
	*ret = ctx;
	return true;
}
