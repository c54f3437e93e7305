using System.Collections.Concurrent;
using Envoy.Extensions.TransportSockets.Tls.V3;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Mizzen.Proxy.Admin;
using Mizzen.Proxy.Agent;
using Mizzen.Proxy.Configuration;
using Mizzen.Proxy.Logging;
using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Tests.Tls;
using Mizzen.Testing;

namespace Mizzen.Proxy.Tests.Agent;

/// <summary>How the proxy comes by its identity, and keeps it.</summary>
public sealed class WorkloadCertificateTests : IAsyncLifetime
{
    private static readonly CancellationToken Cancellation = TestContext.Current.CancellationToken;
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow);
    private readonly CancellationTokenSource _stop = new();
    private readonly Sink _sink = new();
    private readonly string _token = Path.GetTempFileName();
    private TestCertificates _certificates = null!;
    private CertificateServer _server = null!;
    private Task _running = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        _certificates = new TestCertificates(_clock);
        _server = await CertificateServer.StartAsync(_certificates.Authority);
        await File.WriteAllTextAsync(_token, "the-token\n", Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _server.DisposeAsync();
        _certificates.Dispose();
        File.Delete(_token);
        _stop.Dispose();
    }

    [Fact]
    public async Task The_key_is_made_here_and_signed_for_the_token_that_is_shown()
    {
        Start();
        await Eventually.HoldsAsync(() => _sink.Secrets.Count == 2, "both secrets are there", Cancellation);

        Assert.Equal("Bearer the-token", Assert.Single(_server.Tokens));
        Assert.Equal("[redacted]", _sink.Secrets["default"].TlsCertificate.PrivateKey.InlineString);
        Assert.Contains(_certificates.Authority.CertificatePem.Trim(), _sink.Secrets["ROOTCA"].ValidationContext.TrustedCa.InlineBytes.ToStringUtf8(), StringComparison.Ordinal);
        var page = CertificatesText.Write(_sink.Messages, _clock);
        Assert.Contains("spiffe://cluster.local/ns/default/sa/app", page, StringComparison.Ordinal);
        Assert.DoesNotContain("PRIVATE KEY", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_renewed_when_half_of_its_life_is_over()
    {
        Start();
        await Eventually.HoldsAsync(() => _sink.Secrets.Count == 2, "the first certificate is there", Cancellation);
        var first = _sink.Secrets["default"].TlsCertificate.CertificateChain;

        _clock.Advance(TimeSpan.FromHours(10));
        Assert.Single(_server.Tokens);

        await Eventually.HoldsAsync(
            () =>
            {
                _clock.Advance(TimeSpan.FromMinutes(30));
                return !_sink.Secrets["default"].TlsCertificate.CertificateChain.Equals(first);
            },
            "another certificate is there",
            Cancellation);
    }

    [Fact]
    public async Task While_nobody_signs_the_last_certificate_is_used_on()
    {
        Start();
        await Eventually.HoldsAsync(() => _sink.Secrets.Count == 2, "the first certificate is there", Cancellation);
        var first = _sink.Secrets["default"];
        _server.Failure = new Status(StatusCode.Unavailable, "istiod restarts");

        await Eventually.HoldsAsync(
            () =>
            {
                _clock.Advance(TimeSpan.FromHours(1));
                return _server.Tokens.Count >= 3;
            },
            "it was tried again",
            Cancellation);
        Assert.Equal(first, _sink.Secrets["default"]);

        _server.Failure = null;
        await Eventually.HoldsAsync(
            () =>
            {
                _clock.Advance(TimeSpan.FromMinutes(1));
                return !_sink.Secrets["default"].Equals(first);
            },
            "a new certificate is there",
            Cancellation);
    }

    private void Start()
    {
        var live = new LiveConfiguration(new ResourceStore(), _sink);
        _running = new WorkloadCertificate(new AdsOptions(_server.Address, null, _token), live, LogOutput.Silent.For("sds"), _clock).RunAsync(_stop.Token);
    }

    private sealed class Sink : IConfigurationSink
    {
        public IReadOnlyList<(string TypeUrl, string Name, IMessage Message)> Messages { get; private set; } = [];

        public ConcurrentDictionary<string, Secret> Secrets { get; } = [];

        public void Publish(ProxySnapshot snapshot, IReadOnlyList<(string TypeUrl, string Name, IMessage Message)> messages)
        {
            Messages = messages;
            foreach (var secret in messages.Select(entry => entry.Message).OfType<Secret>())
            {
                Secrets[secret.Name] = secret;
            }
        }

        public void Refuse(string reasons) => Assert.Fail(reasons);
    }
}
