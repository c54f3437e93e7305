using System.Buffers.Binary;
using Mizzen.Proxy.HealthChecks;

namespace Mizzen.Fuzz.Targets;

/// <summary>Answers of gRPC's health protocol: any bytes are read to an end, and only one whole plain message says that a server is well.</summary>
internal sealed class GrpcHealthTarget : FuzzTarget
{
    public override string Name => "grpc-health";

    public override void Run(byte[] input)
    {
        if (!GrpcProbe.IsServing(input))
        {
            return;
        }

        Require(input[0] == 0, "a compressed message is not read");
        Require(BinaryPrimitives.ReadUInt32BigEndian(input.AsSpan(1)) == input.Length - 5, "the message is whole and the only one");
        Require(!GrpcProbe.IsServing(input.AsSpan(0, input.Length - 1)), "a part of it says nothing");
    }
}
