using System.Buffers;

using Mizzen.Proxy.Runtime;
using Mizzen.Proxy.Transport;

namespace Mizzen.Proxy.HealthChecks;

/// <summary>Connects, and where the check says so sends bytes and looks for others in what comes.</summary>
internal sealed class TcpProbe : ITransportHandler, IProbe
{
    private const int LongestAnswer = 64 * 1024;

    private readonly ByteTransport _transport;
    private readonly HealthQuestionModel.Tcp _question;
    private readonly Action<ProbeOutcome> _onDone;
    private readonly ArrayBufferWriter<byte> _received = new();
    private bool _isDone;

    public TcpProbe(ByteTransport transport, HealthQuestionModel.Tcp question, Action<ProbeOutcome> onDone)
    {
        _transport = transport;
        _question = question;
        _onDone = onDone;
        transport.Handler = this;
    }

    public void Cancel()
    {
        if (!_isDone)
        {
            _isDone = true;
            _transport.Abort();
        }
    }

    public void OnConnected()
    {
        if (_question.Send.Length > 0)
        {
            _transport.Write(_question.Send);
        }

        if (_question.Receive.Count == 0)
        {
            End(ProbeOutcome.Passed);
        }
    }

    public int OnData(byte[] buffer, int offset, int count)
    {
        _received.Write(buffer.AsSpan(offset, count));
        if (_question.Receive.Count > 0 && Holds(_received.WrittenSpan, _question.Receive))
        {
            End(ProbeOutcome.Passed);
        }
        else if (_received.WrittenCount > LongestAnswer)
        {
            End(ProbeOutcome.Failed);
        }

        return count;
    }

    public void OnEndOfStream() => End(_received.WrittenCount > 0 ? ProbeOutcome.Failed : ProbeOutcome.Unreachable);

    public void OnCongested()
    {
    }

    public void OnDrained()
    {
    }

    public void OnClosed(TransportFault fault)
    {
        if (!_isDone)
        {
            _isDone = true;
            _onDone(ProbeOutcome.Unreachable);
        }
    }

    /// <summary>The blocks are there, in this order; anything may be between them.</summary>
    internal static bool Holds(ReadOnlySpan<byte> bytes, IReadOnlyList<byte[]> blocks)
    {
        foreach (var block in blocks)
        {
            var at = bytes.IndexOf(block);
            if (at < 0)
            {
                return false;
            }

            bytes = bytes[(at + block.Length)..];
        }

        return true;
    }

    private void End(ProbeOutcome outcome)
    {
        if (!_isDone)
        {
            _isDone = true;
            _transport.Close();
            _onDone(outcome);
        }
    }
}
